// What an int8 cache is calibrated with where nothing else is given: some 4,480 tokens of prose from four
// books, novels and Irish fairy tales; in the public domain in the USA.

export const calibrationText = `delightful as Pemberley."

"I wish it may."

"But I would really advise you to make your purchase in that neighbourhood, and take Pemberley for a kind of model. There is not a finer county in England than Derbyshire."

"With all my heart; I will buy Pemberley itself if Darcy will sell it."

"I am talking of possibilities, Charles."

"Upon my word, Caroline, I should think it more possible to get Pemberley by purchase than by imitation."

Elizabeth was so much caught with what passed, as to leave her very little attention for her book; and soon laying it wholly aside, she drew near the card-table, and stationed herself between Mr. Bingley and his eldest sister, to observe the game.

"Is Miss Darcy much grown since the spring?" said Miss Bingley; "will she be as tall as I am?"

"I think she will. She is now about Miss Elizabeth Bennet's height, or rather taller."

"How I long to see her again! I never met with anybody who delighted me so much. Such a countenance, such manners! And so extremely accomplished for her age! Her performance on the pianoforte is exquisite."

"It is amazing to me," said Bingley, "how young ladies can have patience to be so very accomplished as they all are."

"All young ladies accomplished! My dear Charles, what do you mean?"

"Yes, all of them, I think. They all paint tables, cover screens, and net purses. I scarcely know anyone who cannot do all this, and I am sure I never heard a young lady spoken of for the first time, without being informed that she was very accomplished."

"Your list of the common extent of accomplishments," said Darcy, "has too much truth. The word is applied to many a woman who deserves it no otherwise than by netting a purse or covering a screen. But I am very far from agreeing with you in your estimation of ladies in general. I cannot boast of knowing more than half-a-dozen, in the whole range of my acquaintance, that are really accomplished."

"Nor I, I am sure," said Miss Bingley.

"Then," observed Elizabeth, "you must comprehend a great deal in your idea of an accomplished woman."

"Yes, I do comprehend a great deal in it."

"Oh! certainly," cried his faithful assistant, "no one can be really esteemed accomplished who does not greatly surpass what is usually met with. A woman must have a thorough knowledge of music, singing, drawing, dancing, and the modern languages, to deserve the word; and besides all this, she must possess a certain something in her air and manner of walking, the tone of her voice, her address and expressions, or the word will be but half-deserved."

"All this she must possess," added Darcy, "and to all this she must yet add something more substantial, in the improvement of her mind by extensive reading."

"I am no longer surprised at your knowing only six accomplished women. I rather wonder now at your knowing any."

"Are you so severe upon your own sex as to doubt the possibility of all this?"

"I never saw such a woman. I never saw such capacity, and taste, and application, and elegance, as you describe united."

Mrs. Hurst and Miss Bingley both cried out against the injustice of her implied doubt, and were both protesting that they knew many women who answered this description, when Mr. Hurst called them to order, with bitter complaints of their inattention to what was going forward. As all conversation was thereby at an end, Elizabeth soon afterwards left the room.

"Elizabeth Bennet," said Miss Bingley, when the door was closed on her, "is one of those young ladies who seek to recommend themselves to the other sex by undervaluing their own; and with many men, I dare say, it succeeds. But, in my opinion, it is a paltry device, a very mean art."

"Undoubtedly," replied Darcy, to whom this remark was chiefly addressed, "there is a meanness in all the arts which ladies sometimes condescend to employ for captivation. Whatever bears affinity to cunning is despicable."

Miss Bingley was not so entirely satisfied with this reply as to continue the subject.

Elizabeth joined them again only to say that her sister was worse, and that she could not leave her. Bingley urged Mr. Jones being sent for immediately; while his sisters, convinced that no country advice could be of any service, recommended an express to town for one of the most eminent physicians. This she would not hear of; but she was not so unwilling to comply with their brother's proposal; and it was settled that Mr. Jones should be sent for early in the morning, if Miss Bennet were not decidedly better. Bingley was quite uncomfortable; his sisters declared that they were miserable. They solaced their wretchedness, however, by duets after supper, while he could find no better relief to his feelings than by giving his housekeeper directions that every attention might be paid to the sick lady and her sister.<|endoftext|>For many days, Oliver remained in the Jew's room, picking the

 The little Lucretius with the Prior de Vend ome's arms not being mentioned on the list, it was assumed that it had been sent by another customer.

And as it did not figure on any list of goods received it remained shut up in a cupboard, from which Leger-Massieu's son, the youthful Ernest, one day surreptitiously abstracted it, and slipped it into his pocket. Ernest was in love with a neighbouring seamstress whose name was Rose. Rose was fond of the country, and liked to hear the birds singing in the woods, and in order to procure the wherewithal to take her to Chatou one Sunday and give her a dinner, Ernest parted with the Lucretius for ten francs to old Moranger, a second-hand dealer in the rue Saint X ----, who displayed no great curiosity regarding the origin of his acquisitions. Old Moranger handed over the volume, the very same day, to Monsieur Poussard, an expert in books, of the faubourg Saint Germain, for sixty francs. The latter removed the stamp which disclosed the ownership of the matchless copy, and sold it for five hundred francs to Monsieur Joseph Meyer, the well-known collector, who handed it straight away for three thousand francs to Monsieur Ardon, the bookseller, who immediately transferred it to Monsieur R----, the great Parisian bibliopolist, who gave six thousand for it, and sold it again a fortnight later at a handsome profit to Madame la Comtesse de Gorce. Well known in the higher ranks of Parisian society, the lady in question is what was called in the seventeenth century a "curieuse," that is to say, a lover of pictures, books, and china. In her mansion in the Avenue d'Jena she possesses collections of works of art which bear witness to the diversity of her knowledge and the excellence of her taste. During the month of July, while the Comtesse de Gorce was away at her chateau at Sarville in Normandy, the house in the Avenue d'Jena, being unoccupied, was visited one night by a thief said to belong to a gang known as "The Collectors," who made works of art the special objects of their raids.

The police enquiry elicited the fact that the marauder had reached the first floor by means of the waste-pipe, that he had then climbed over the balcony, forced a shutter with a jemmy, broken a pane of glass, turned the window-fastener, and made his way into the long gallery. There he broke open several cupboards and possessed himself of whatever took his fancy. His booty consisted for the most part of small but valuable articles, such as gold caskets, a few ivory carvings of the fourteenth century, two splendid fifteenth-century manuscripts, and a volume which the Countess's secretary briefly described as "a morocco-bound book with a coat of arms on it," and which was none other than the Lucretius from the d'Esparvieu library.

The malefactor, who was supposed to be an English cook, was never discovered. But, two months or so after the theft, a well-dressed, clean-shaven young man passed down the rue de Courcelles, in the dimness of twilight, and went to offer the Prior de Vendome's Lucretius to P ere Guinardon. The antiquary gave him four shillings for it, examined it carefully, recognised its interest and its beauty, and put it in the king-wood cabinet, where he kept his special treasures.

Such were the vicissitudes which, in the course of a single season, befel this thing of beauty.<|endoftext|>Perhaps it was in the exercise of his calling that he had come to see the troops depart. The Porvenir of the day after next would no doubt relate the event, but its editor, leaning his side against the landau, seemed to look at nothing. The front rank of the company of infantry drawn up three deep across the shore end of the jetty when pressed too close would bring their bayonets to the charge ferociously, with an awful rattle; and then the crowd of spectators swayed back bodily, even under the noses of the big white mules. Notwithstanding the great multitude there was only a low, muttering noise; the dust hung in a brown haze, in which the horsemen, wedged in the throng here and there, towered from the hips upwards, gazing all one way over the heads. Almost every one of them had mounted a friend, who steadied himself with both hands grasping his shoulders from behind; and the rims of their hats touching, made like one disc sustaining the cones of two pointed crowns with a double face underneath. A hoarse mozo would bawl out something to an acquaintance in the ranks, or a woman would shriek suddenly the word Adios! followed by the Christian name of a man.

General Barrios, in a shabby blue tunic and white peg-top trousers falling upon strange red boots, kept his head uncovered and stooped slightly, propping himself up with a thick stick

armint' anyhow?"

John Meredith paced up and down the parlour for a few minutes; then he went back to his study and sat down. But he did not return to his German theology. He was too grievously disturbed for that. Mrs. Davis had wakened him up with a vengeance. WAS he such a remiss, careless father as she had accused him of being? HAD he so scandalously neglected the bodily and spiritual welfare of the four little motherless creatures dependent on him? WERE his people talking of it as harshly as Mrs. Davis had declared? It must be so, since Mrs. Davis had come to ask for Una in the full and confident belief that he would hand the child over to her as unconcernedly and gladly as one might hand over a strayed, unwelcome kitten. And, if so, what then?

John Meredith groaned and resumed his pacing up and down the dusty, disordered room. What could he do? He loved his children as deeply as any father could and he knew, past the power of Mrs. Davis or any of her ilk, to disturb his conviction, that they loved him devotedly. But WAS he fit to have charge of them? He knew--none better--his weaknesses and limitations. What was needed was a good woman's presence and influence and common sense. But how could that be arranged? Even were he able to get such a housekeeper it would cut Aunt Martha to the quick. She believed she could still do all that was meet and necessary. He could not so hurt and insult the poor old woman who had been so kind to him and his. How devoted she had been to Cecilia! And Cecilia had asked him to be very considerate of Aunt Martha. To be sure, he suddenly remembered that Aunt Martha had once hinted that he ought to marry again. He felt she would not resent a wife as she would a housekeeper. But that was out of the question. He did not wish to marry--he did not and could not care for anyone. Then what could he do? It suddenly occurred to him that he would go over to Ingleside and talk over his difficulties with Mrs. Blythe. Mrs. Blythe was one of the few women he never felt shy or tongue-tied with. She was always so sympathetic and refreshing. It might be that she could suggest some solution of his problems. And even if she could not Mr. Meredith felt that he needed a little decent human companionship after his dose of Mrs. Davis--something to take the taste of her out of his soul.

He dressed hurriedly and ate his supper less abstractedly than usual. It occurred to him that it was a poor meal. He looked at his children; they were rosy and healthy looking enough--except Una, and she had never been very strong even when her mother was alive. They were all laughing and talking--certainly they seemed happy. Carl was especially happy because he had two most beautiful spiders crawling around his supper plate. Their voices were pleasant, their manners did not seem bad, they were considerate of and gentle to one another. Yet Mrs. Davis had said their behaviour was the talk of the congregation.

As Mr. Meredith went through his gate Dr. Blythe and Mrs. Blythe drove past on the road that led to Lowbridge. The minister's face fell. Mrs. Blythe was going away--there was no use in going to Ingleside. And he craved a little companionship more than ever. As he gazed rather hopelessly over the landscape the sunset light struck on a window of the old West homestead on the hill. It flared out rosily like a beacon of good hope. He suddenly remembered Rosemary and Ellen West. He thought that he would relish some of Ellen's pungent conversation. He thought it would be pleasant to see Rosemary's slow, sweet smile and calm, heavenly blue eyes again. What did that old poem of Sir Philip Sidney's say?--"continual comfort in a face"--that just suited her. And he needed comfort. Why not go and call? He remembered that Ellen had asked him to drop in sometimes and there was Rosemary's book to take back--he ought to take it back before he forgot. He had an uneasy suspicion that there were a great many books in his library which he had borrowed at sundry times and in divers places and had forgotten to take back. It was surely his duty to guard against that in this case. He went back into his study, got the book, and plunged downward into Rainbow Valley.<|endoftext|>On the evening after Mrs. Myra Murray of the over-harbour section had been buried Miss Cornelia and Mary Vance came up to Ingleside. There were several things concerning which Miss Cornelia wished to unburden her soul. The funeral had to be all talked over, of course. Susan and Miss Cornelia thrashed this out between them; Anne took no part or delight in such goulish conversations. She sat a little apart and watched the autumnal flame of dahlias in the garden, and the dreaming, glamorous harbour of the September sunset. Mary Vance sat beside her, knitting meekly. Mary's heart was down in the Rainbow Valley, whence came sweet, distance-softened sounds of

," he groaned.

"The great pork!" a man gritted.

"The no-good!" sobbed another.

"The lean-hearted."

"Thick-thighed."

"Ramshackle."

"Muddle-headed."

"Hog!" screamed a champion.

And he beat his fists angrily against a tree.

But the eagle-eyed watcher watched until his eyes narrowed and became pin-points, and he ceased to be a man and became an optic.

"Wait," he breathed, "wait until I screw into one other inch of sight."

And they waited, looking no longer on that scarcely perceptible speck in the distance, but straining upon the eye of the watcher as though they would penetrate it and look through it.

"It is the Carl," he said, "carrying something on his back, and behind him again there is a dust."

"Are you sure?" said Fionn in a voice that rumbled and vibrated like thunder.

"It is the Carl," said the watcher, "and the dust behind him is Cael of the Iron trying to catch him up."

Then the Fianna gave a roar of exultation, and each man seized his neighbour and kissed him on both cheeks; and they gripped hands about Fionn, and they danced round and round in a great circle, roaring with laughter and relief, in the ecstasy which only comes where grisly fear has been and whence that bony jowl has taken itself away.<|endoftext|>The Carl of the Drab Coat came bumping and stumping and clumping into the camp, and was surrounded by a multitude that adored him and hailed him with tears.

"Meal!" he bawled, "meal for the love of the stars!"

And he bawled, "Meal, meal!" until he bawled everybody into silence.

Fionn addressed him.

"What for the meal, dear heart?"

"For the inside of my mouth," said the Carl, "for the recesses and crannies and deep-down profundities of my stomach. Meal, meal!" he lamented.

Meal was brought.

The Carl put his coat on the ground, opened it carefully, and revealed a store of blackberries, squashed, crushed, mangled, democratic, ill-looking.

"The meal!" he groaned, "the meal!"

It was given to him.

"What of the race, my pulse?" said Fionn.

"Wait, wait," cried the Carl. "I die, I die for meal and blackberries."

Into the centre of the mess of blackberries he discharged a barrel of meal, and be mixed the two up and through, and round and down, until the pile of white-black, red-brown slibber-slobber reached up to his shoulders. Then he commenced to paw and impel and project and cram the mixture into his mouth, and between each mouthful he sighed a contented sigh, and during every mouthful he gurgled an oozy gurgle.

But while Fionn and the Fianna stared like lost minds upon the Carl, there came a sound of buzzing, as if a hornet or a queen of the wasps or a savage, steep-winged griffin was hovering about them, and looking away they saw Cael of the Iron charging on them with a monstrous extension and scurry of his legs. He had a sword in his hand, and there was nothing in his face but redness and ferocity.

Fear fell llke night around the Fianna, and they stood with slack knees and hanging hands waiting for death. But the Carl lifted a pawful of his oozy slop and discharged this at Cael with such a smash that the man's head spun off his shoulders and hopped along the ground. The Carl then picked up the head and threw it at the body with such aim and force that the neck part of the head jammed into the neck part of the body and stuck there, as good a head as ever, you would have said, but that it bad got twisted the wrong way round. The Carl then lashed his opponent hand and foot.

"Now, dear heart, do you still claim tribute and lordship of Ireland?" said he.

"Let me go home," groaned Cael, "I want to go home."

"Swear by the sun and moon, if I let you go home, that you will send to Fionn, yearly and every year, the rent of the land of Thessaly."

"I swear that," said Cael, "and I would swear anything to get home."

The Carl lifted him then and put him sitting into his ship. Then he raised his big boot and gave the boat a kick that drove it seven leagues out into the sea, and that was how the adventure of Cael of the Iron finished.

"Who are you, sir?" said Fionn to the Carl.

But before answering the Carl's shape changed into one of splendour and delight.

"I am ruler of the Shi' of Rath Cruachan," he said.

Then Fionn mac Uail`;
